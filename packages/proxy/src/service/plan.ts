// What installing a service comes down to: files to be written, commands to be run.

/** A program and its arguments. */
export interface Command {
  readonly argv: readonly string[];
  /** That it fails is expected: what it undoes, or does, may be so already. */
  readonly mayFail: boolean;
}

export function must(...argv: readonly string[]): Command {
  return { argv, mayFail: false };
}

export function attempt(...argv: readonly string[]): Command {
  return { argv, mayFail: true };
}

export interface PlannedFile {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly text: string;
  /** The user to whom it belongs; undefined leaves it to whoever installs. */
  readonly owner?: string | undefined;
}

/** A symbolic link that switches a service on in a system image, where no manager runs that could make it. */
export interface PlannedLink {
  readonly path: string;
  readonly target: string;
}

/** The folder of a manager's files, and which names in it are those of one service. */
export interface UnitPlace {
  readonly folder: string;
  readonly isOurs: (fileName: string) => boolean;
}

export interface InstallPlan {
  readonly files: readonly PlannedFile[];
  readonly links: readonly PlannedLink[];
  /** What to run before units of an earlier installation are removed that the plan has no more. */
  readonly retire: (fileNames: readonly string[]) => readonly Command[];
  /** What to run once everything is written, given the paths that are new or different. */
  readonly commands: (changed: ReadonlySet<string>) => readonly Command[];
  /** What the user should know about it, each in a sentence. */
  readonly notices: readonly string[];
}

export interface RemovalPlan {
  /** Run while the files are still there. */
  readonly before: readonly Command[];
  /** Besides everything in the unit place that is ours. */
  readonly files: readonly string[];
  readonly after: readonly Command[];
}
