/** Codes of IAB Content Taxonomy 1.0, AdCOM list "Category Taxonomies" value 1: `IAB7`, `IAB7-39`. */
const IAB_CODE = /^IAB\d{1,2}(-\d{1,2})?$/;

/** The taxonomy of our categories, and OpenRTB's default where `cattax` is absent. */
export const IAB_TAXONOMY = 1;

export function normalCategory(code: string): string {
  return code.trim().toUpperCase();
}

/**
 * Whether a list in taxonomy `cattax` can be compared with our categories. Codes of the form `IAB7-39` are
 * those of taxonomy 1 whatever `cattax` says; other codes of another taxonomy say nothing about ours.
 */
export function isComparable(code: string, cattax: number): boolean {
  return cattax === IAB_TAXONOMY || IAB_CODE.test(code);
}

/** `IAB7-39` → itself and `IAB7`: what a list must contain to cover the category. */
export function categoryAndParent(code: string): string[] {
  const dash = code.indexOf('-');
  return dash === -1 ? [code] : [code, code.slice(0, dash)];
}
