export type CatalogErrorCode = 'in_use' | 'migration';

/** The catalog cannot be opened: another process has it (`in_use`), or its schema is not ours (`migration`). */
export class CatalogError extends Error {
  readonly code: CatalogErrorCode;

  constructor(options: { code: CatalogErrorCode; message: string }) {
    super(options.message);
    this.name = 'CatalogError';
    this.code = options.code;
  }
}
