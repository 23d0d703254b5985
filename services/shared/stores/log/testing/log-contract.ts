import type { Log } from '../log';
import { appendContract } from './append-contract';
import { consumeContract } from './consume-contract';
import { groupContract } from './group-contract';
import type { ContractContext, LogStore, OpenStore } from './log-harness';
import { testTopics } from './log-harness';

/** What every adapter of the log must hold to. `openStore` makes an empty store for each test. */
export function logContract(name: string, openStore: OpenStore): void {
  describe(`log: ${name}`, () => {
    let store: LogStore;
    let opened: Log[] = [];
    beforeEach(async () => {
      store = await openStore(testTopics);
    });
    afterEach(async () => {
      await Promise.all(opened.map((log) => log.close()));
      opened = [];
      await store.destroy();
    });
    const context: ContractContext = {
      openLog: async () => {
        const log = await store.open();
        opened.push(log);
        return log;
      },
    };
    appendContract(context);
    consumeContract(context);
    groupContract(context);
  });
}
