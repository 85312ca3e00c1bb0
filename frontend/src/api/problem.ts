/** A request that failed, in words for people: made from the service's `application/problem+json`. */

import { isAxiosError } from "axios";

import type { FieldError, ProblemBody } from "@/api/types";

export class Problem extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when the service did not answer. */
    readonly status: number,
    readonly errors: FieldError[] = [],
    readonly requestId: string | null = null,
  ) {
    super(message);
    this.name = "Problem";
  }
}

/** Whatever was thrown, as a Problem. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!isAxiosError(error)) return new Problem(error instanceof Error ? error.message : String(error), 0);
  if (!error.response) return new Problem("The service does not answer.", 0);
  const { status } = error.response;
  const body: unknown = error.response.data;
  if (!isProblemBody(body)) return new Problem(`The service answered with status ${status}.`, status);
  const sentence = body.detail || body.title || `The service answered with status ${status}.`;
  return new Problem(sentence, status, body.errors ?? [], body.request_id);
}

function isProblemBody(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && ("detail" in body || "title" in body);
}

export interface FieldErrors {
  fields: Record<string, string>;
  /** Sentences that belong to no field of the form. */
  general: string[];
}

/**
 * Puts each error of a refused request beside its field. A rule over several fields is reported for the whole body;
 * its sentence names them, and the first one named is where it is shown.
 */
export function fieldErrors(problem: Problem, known: string[]): FieldErrors {
  const found: FieldErrors = { fields: {}, general: [] };
  for (const { loc, msg } of problem.errors) {
    const sentence = msg.replace(/^Value error, /, "");
    const located = loc.find((part) => known.includes(String(part)));
    const field = located ?? sentence.match(/[a-z_0-9]+/g)?.find((word) => known.includes(word));
    if (field === undefined) found.general.push(sentence);
    else found.fields[field] ??= sentence;
  }
  if (problem.errors.length === 0) found.general.push(problem.message);
  return found;
}
