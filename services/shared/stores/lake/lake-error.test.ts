import { LakeError, toLakeError } from './lake-error';

const engine = (code: string, message = 'x') =>
  toLakeError(Object.assign(new Error(message), { code, type: 'T' }));

describe('what is worth a retry', () => {
  it.each(['159', '164', '202', '203', '209', '210', '241', '242', '252', '285', '319', '425', '999'])(
    '%s is',
    (code) => {
      expect(engine(code)).toMatchObject({ name: 'LakeError', code, type: 'T', retryable: true });
    },
  );

  it.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE'])('a network fault is: %s', (code) => {
    expect(engine(code)).toMatchObject({ retryable: true });
  });

  it('what says nothing about the rows is: disk full, cancelled, no access', () => {
    expect(['243', '394', '516'].map((code) => engine(code).retryable)).toEqual([true, true, true]);
  });

  it('what did not come from the engine is: a load balancer that answers, a connection that ends', () => {
    expect(toLakeError(new Error('<html><h1>502 Bad Gateway</h1></html>')).retryable).toBe(true);
    expect(toLakeError(new Error('socket hang up')).retryable).toBe(true);
    expect(engine('HPE_INVALID_CONSTANT').retryable).toBe(true);
  });

  it.each(['62', '47', '27', '53', '117', 'closed', 'invalid', 'migration'])('%s is not', (code) => {
    expect(engine(code).retryable).toBe(false);
  });

  it('an insert over too many partitions never gets better, merges that are behind do', () => {
    expect(engine('252', 'Too many partitions for single INSERT block (more than 1000)').retryable).toBe(
      false,
    );
    expect(engine('252', 'Too many parts (3000)').retryable).toBe(true);
  });

  it('is made once', () => {
    const error = new LakeError({ code: 'closed', message: 'x' });
    expect(toLakeError(error)).toBe(error);
    expect(toLakeError('text')).toMatchObject({ code: 'unknown', message: 'text', retryable: true });
  });
});
