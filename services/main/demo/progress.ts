const BAR_EVERY_MS = 100;

/** One line a step: live on a terminal, once done elsewhere. */
export class Progress {
  constructor(private readonly out: NodeJS.WriteStream) {}

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    return this.run(title, () => '', work);
  }

  async counted<T>(
    title: string,
    total: number,
    work: (tick: (done: number) => void) => Promise<T>,
  ): Promise<T> {
    let done = 0;
    return this.run(
      title,
      () => ` ${Math.floor((100 * done) / Math.max(1, total))} %`,
      () => work((value) => (done = value)),
    );
  }

  private async run<T>(title: string, state: () => string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const live = this.out.isTTY
      ? setInterval(() => this.out.write(`\r  … ${title}${state()} ${elapsed()} `), BAR_EVERY_MS)
      : undefined;
    const clear = live === undefined ? '' : '\r\u001b[2K';
    try {
      const result = await work();
      this.out.write(`${clear}  ✓ ${title} (${elapsed()})\n`);
      return result;
    } catch (error) {
      this.out.write(`${clear}  ✗ ${title} (${elapsed()})\n`);
      throw error;
    } finally {
      clearInterval(live);
    }
  }
}
