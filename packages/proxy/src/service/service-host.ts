// What runs a proxy as a service and talks to it by calls, where others send signals and read a socket.

export interface ServiceWishes {
  readonly stop: () => void;
  readonly reload: () => void;
}

export interface ServiceHost {
  /** From here on the service can be asked for something. */
  listen(wishes: ServiceWishes): void;
  /** Clients are served. */
  running(): void;
  /** Clients are drained. */
  stopping(): void;
}
