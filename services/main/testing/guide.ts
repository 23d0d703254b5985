import { readFileSync } from 'node:fs';

export interface CommandBlock {
  /** Line of the fence in the page. */
  line: number;
  script: string;
  /** Asked again until its answer is as shown. */
  again: boolean;
  /** What the page shows as the answer; `…` stands for anything. */
  shown: string | undefined;
}

const FENCE = /^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm;

/** A page's fenced blocks of shell, in order, each with the answer that stands right below it. */
export function commandBlocks(file: string): CommandBlock[] {
  const text = readFileSync(file, 'utf8');
  const fences = [...text.matchAll(FENCE)];
  return fences.flatMap((fence, i) => {
    const [whole, language, info = '', script = ''] = fence;
    if (language !== 'sh') return [];
    const next = fences[i + 1];
    const between = next && text.slice(fence.index + whole.length, next.index);
    const hasAnswer = next?.[1] === 'text' && between?.trim() === '';
    return [
      {
        line: text.slice(0, fence.index).split('\n').length,
        script,
        again: info.trim() === 'again',
        shown: hasAnswer ? next[3] : undefined,
      },
    ];
  });
}

export function sqlBlocks(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(FENCE)].flatMap(([, language, , script = '']) =>
    language === 'sql' ? [script] : [],
  );
}

/** Whether an answer is what a page shows. */
export function isAsShown(shown: string, given: string): boolean {
  const pattern = shown
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(given.trimEnd());
}
