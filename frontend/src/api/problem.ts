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
    /** The service's own short name for what is wrong; empty when it gave none. */
    readonly code = "",
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
  return problemOf(error.response.status, error.response.data);
}

/** The problem that the body of an answer tells of. */
export function problemOf(status: number, body: unknown): Problem {
  if (isOpenAIError(body)) return new Problem(body.error.message, status, [], null, String(body.error.code ?? ""));
  if (!isProblemBody(body)) return new Problem(`The service answered with status ${status}.`, status);
  const sentence = body.detail || body.title || `The service answered with status ${status}.`;
  return new Problem(sentence, status, body.errors ?? [], body.request_id ?? null, body.code ?? "");
}

/** The routes under `/v1` tell of errors in OpenAI's shape. */
function isOpenAIError(body: unknown): body is { error: { message: string; code?: unknown } } {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  return typeof error === "object" && error !== null && "message" in error && typeof error.message === "string";
}

function isProblemBody(body: unknown): body is Partial<ProblemBody> {
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
    const ofBody = loc.every((part) => part === "body");
    const field = located ?? (ofBody ? sentence.match(/[a-z_0-9]+/g)?.find((word) => known.includes(word)) : undefined);
    if (field === undefined) found.general.push(sentence);
    else found.fields[field] ??= sentence;
  }
  if (problem.errors.length === 0) found.general.push(problem.message);
  return found;
}
