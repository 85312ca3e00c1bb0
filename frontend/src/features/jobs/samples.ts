/** What a model answers as it learns, laid out by question and step. */

import type { Sample } from "@/api/types";

export interface Asked {
  prompt: string;
  reference: string | null;
  /** By step; 0 is the base's. */
  answers: ReadonlyMap<number, string>;
}

export interface Rounds {
  /** In ascending order. */
  steps: number[];
  asked: Asked[];
}

export function roundsOf(samples: readonly Sample[]): Rounds {
  const asked = new Map<string, { reference: string | null; answers: Map<number, string> }>();
  for (const { step, prompt, answer, reference } of samples) {
    const of = asked.get(prompt) ?? { reference, answers: new Map<number, string>() };
    of.answers.set(step, answer);
    asked.set(prompt, of);
  }
  const steps = [...new Set(samples.map(({ step }) => step))].sort((a, b) => a - b);
  return { steps, asked: [...asked].map(([prompt, of]) => ({ prompt, ...of })) };
}
