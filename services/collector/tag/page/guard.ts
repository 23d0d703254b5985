/** Says in the page's console what was wrong with how the tag is used. */
export function warn(message: string): void {
  console.warn(`muster: ${message}`);
}

/** The page must not notice a fault of ours: whatever `run` throws ends here, in the console. */
export function guarded<Args extends unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      run(...args);
    } catch (error) {
      warn(String(error));
    }
  };
}
