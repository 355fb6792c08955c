// A client process as the parent sees it: asked one thing at a time, pinned to a CPU where that is wanted.

import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Answers, LibraryName, Request } from './request.ts';

const CLIENT = fileURLToPath(new URL('../client.ts', import.meta.url));

export interface ClientOptions {
  readonly library: LibraryName;
  readonly url: string;
  /** The one CPU that the process may use; undefined leaves it to the system. */
  readonly cpu: number | undefined;
  readonly nodeOptions?: readonly string[];
}

export class ClientProcess {
  readonly library: LibraryName;
  readonly #child: ChildProcess;

  private constructor(library: LibraryName, child: ChildProcess) {
    this.library = library;
    this.#child = child;
  }

  /** Starts the process and has it connect. */
  static async start({ library, url, cpu, nodeOptions = [] }: ClientOptions): Promise<ClientProcess> {
    const command = [process.execPath, '--conditions=@djogi/source', ...nodeOptions, CLIENT];
    const [file, ...args] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
    const client = new ClientProcess(library, spawn(file!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    try {
      await client.ask({ kind: 'open', library, url });
    } catch (error) {
      client.#child.kill();
      throw error;
    }
    return client;
  }

  /** Errors: what the process answers with, and its end. */
  ask<const Asked extends Request>(request: Asked): Promise<Answers[Asked['kind']]> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#child.off('message', onMessage).off('exit', onExit).off('error', onError);
        finish();
      };
      const onMessage = (message: unknown): void => {
        const answer = message as Answer;
        settle(() =>
          answer.ok
            ? resolve(answer.value as Answers[Asked['kind']])
            : reject(new Error(`${this.library}, ${request.kind}: ${answer.error}`)),
        );
      };
      const onExit = (): void =>
        settle(() => reject(new Error(`The process of ${this.library} ended before it answered to ${request.kind}.`)));
      const onError = (error: Error): void => settle(() => reject(error));
      this.#child.on('message', onMessage).on('exit', onExit).on('error', onError);
      this.#child.send(request);
    });
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.send({ kind: 'close' } satisfies Request);
    const timer = setTimeout(() => this.#child.kill(), 5000);
    await gone;
    clearTimeout(timer);
  }
}
