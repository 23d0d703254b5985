export type CatalogErrorCode = 'in_use' | 'unreachable' | 'migration';

/**
 * The catalog cannot be opened: another process has it (`in_use`), its server does not answer (`unreachable`), or its
 * schema is not ours (`migration`).
 */
export class CatalogError extends Error {
  readonly code: CatalogErrorCode;

  constructor(options: { code: CatalogErrorCode; message: string; cause?: unknown }) {
    super(options.message, { cause: options.cause });
    this.name = 'CatalogError';
    this.code = options.code;
  }
}
