import { startTemporaryEngines, type LocalEngines } from '../../shared/local-engines/start-local-engines';
import { FaultProxy } from '../../shared/testing/fault-proxy';

/** Real engines, each behind a proxy that tests can make fail. */
export class FrontedEngines {
  private constructor(
    readonly servers: LocalEngines,
    private readonly proxies: ReadonlyMap<string, FaultProxy>,
    private readonly ports: ReadonlyMap<string, number>,
  ) {}

  static async start(): Promise<FrontedEngines> {
    const proxies = new Map<string, FaultProxy>();
    const ports = new Map<string, number>();
    const servers = await startTemporaryEngines({
      front: async (variable, port) => {
        const proxy = await FaultProxy.start(port);
        proxies.set(variable, proxy);
        ports.set(variable, port);
        return proxy.port;
      },
    });
    return new FrontedEngines(servers, proxies, ports);
  }

  /** What makes a platform use them, through the proxies. */
  get environment(): Record<string, string> {
    return this.servers.environment;
  }

  /** An engine's own port, past its proxy. */
  port(variable: string): number {
    return this.known(this.ports, variable);
  }

  proxy(variable: string): FaultProxy {
    return this.known(this.proxies, variable);
  }

  get all(): FaultProxy[] {
    return [...this.proxies.values()];
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((proxy) => proxy.close()));
    await this.servers.stop();
  }

  private known<T>(of: ReadonlyMap<string, T>, variable: string): T {
    const one = of.get(variable);
    if (one === undefined) throw new Error(`no engine was started for ${variable}`);
    return one;
  }
}
