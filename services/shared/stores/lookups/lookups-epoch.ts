import { isFilled, type Lookups } from './lookups';

/**
 * The filling of LOOKUPS that this process works with. When LOOKUPS are lost, they answer as if nobody were known: who has a
 * number gets a second one, and what was counted counts again. The epoch is lost with them, so whoever asks after its reads and
 * before it stores anything cannot store that.
 */
export class LookupsEpoch {
  private constructor(
    private readonly lookups: Pick<Lookups, 'epoch'>,
    private readonly ours: string,
  ) {}

  /** @throws Error when LOOKUPS are not filled. */
  static async of(lookups: Pick<Lookups, 'epoch'>): Promise<LookupsEpoch> {
    const epoch = await lookups.epoch();
    if (!isFilled(epoch)) throw new Error('the lookups are not filled from the lake');
    return new LookupsEpoch(lookups, epoch);
  }

  /** @throws Error when LOOKUPS were lost or filled anew since; the process must start again. */
  async assertUnchanged(): Promise<void> {
    if ((await this.lookups.epoch()) !== this.ours)
      throw new Error(
        'the lookups are not those that this process began with: nothing that was found in them is kept',
      );
  }
}
