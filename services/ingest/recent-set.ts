/** Remembers a bounded number of keys; the oldest are forgotten first. */
export class RecentSet {
  private readonly entries = new Map<string, number>();

  constructor(private readonly capacity = 100_000) {}

  has(key: string): boolean {
    return this.entries.has(key);
  }

  get(key: string): number | undefined {
    return this.entries.get(key);
  }

  add(key: string, value = 0): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.capacity) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
  }
}
