/** What the global set-up started, for the tear-down in the same process. */
export const running: { dir: string; engines: { stop(): Promise<void> } }[] = [];
