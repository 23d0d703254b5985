import type { Service } from '../../services/shared/runtime/service';

/** Starts a service in a process of its own and tells the parent its port once it is ready. */
export function serve(start: () => Promise<Service & { port: number }>): void {
  process.on('disconnect', () => process.exit(0));
  void (async () => {
    const service = await start();
    while ((await service.missing()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    process.send?.({ port: service.port });
  })().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
}

export function argument(index: number): string {
  const value = process.argv[index];
  if (value === undefined) throw new Error(`argument ${index - 1} is missing`);
  return value;
}
