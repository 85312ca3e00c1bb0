/** The one way to the service: base address, time-out, errors as `Problem`, contact kept. */

import axios, { isAxiosError, isCancel } from "axios";

import { contact } from "@/api/contact";
import { toProblem } from "@/api/problem";
import { refusal } from "@/api/refusal";

const DEVELOPMENT_SERVICE = "http://localhost:8000";

/** What stands before every path; empty for the page that the service itself serves. */
export const SERVICE_URL: string = import.meta.env.VITE_API_URL ?? (import.meta.env.DEV ? DEVELOPMENT_SERVICE : "");

/** The session's cookie goes to the service also when the page comes from the development server. */
export const CREDENTIALS: RequestCredentials = SERVICE_URL === "" ? "same-origin" : "include";

export const client = axios.create({
  baseURL: SERVICE_URL,
  withCredentials: CREDENTIALS === "include",
  timeout: 10_000,
  paramsSerializer: { indexes: null }, // a list as `a=1&a=2`
});

client.interceptors.response.use(
  (response) => {
    contact.reportAnswer();
    return response;
  },
  (error: unknown) => {
    if (isCancel(error)) throw error;
    if (isAxiosError(error) && !error.response) contact.reportSilence();
    else contact.reportAnswer();
    const problem = toProblem(error);
    refusal.note(problem.status);
    throw problem;
  },
);

/** GET, answered as `T`. */
export async function get<T>(path: string, params?: object, signal?: AbortSignal, timeout?: number): Promise<T> {
  return (await client.get<T>(path, { params, signal, ...(timeout !== undefined && { timeout }) })).data;
}
