/** What supervisor and children say to each other over IPC. */

/** `missing`: what is lacking before the child is ready, string[]. `metrics`: its registry as JSON. */
export type Question = 'missing' | 'metrics';

export type ToChild =
  | { type: 'ask'; id: number; question: Question }
  /** Stop taking on work, finish what is in hand, exit 0. */
  | { type: 'drain' }
  /** Comes with the connection's socket. */
  | { type: 'connection'; id: number };

export type ToSupervisor =
  | { type: 'answer'; id: number; value: unknown }
  /** From now on connections may be handed over. */
  | { type: 'accepting' }
  /** Hand over no more. */
  | { type: 'draining' }
  /** This connection is the child's now. */
  | { type: 'taken'; id: number };
