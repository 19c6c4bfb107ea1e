// Carries out a plan: writes what is different, shows it, runs the commands; or only says what it would do.

import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';
import { lineDiff } from './line-diff.ts';
import type { Command, InstallPlan, PlannedFile, PlannedLink, RemovalPlan, UnitPlace } from './plan.ts';
import { replaceFile } from './replace-file.ts';
import { ownerIds } from './owner-ids.ts';

export interface Target {
  /** Undefined for the running system; else the folder of a system image, in which no command is run. */
  readonly root: string | undefined;
  readonly isDryRun: boolean;
  /** Says a line to the user. */
  readonly say: (line: string) => void;
  /** Runs a program and resolves with its exit code. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** Resolves with whether anything was, or would be, changed. */
export async function install(plan: InstallPlan, place: UnitPlace, target: Target): Promise<boolean> {
  const planned = new Set(plan.files.map(({ path }) => path));
  const links = new Set(plan.links.map(({ path }) => path));
  const changed = new Set<string>();
  for (const file of plan.files) if (writeFile(file, target)) changed.add(file.path);
  // Of an earlier installation that listened for more instances.
  const obsolete = unitFiles(place, target).filter((path) => !planned.has(path) && !links.has(path));
  if (target.root === undefined) await runAll(plan.retire(obsolete.map((path) => basename(path))), target);
  for (const path of obsolete) remove(path, target);
  if (target.root !== undefined) {
    for (const link of plan.links) if (writeLink(link, target)) changed.add(link.path);
  } else {
    await runAll(plan.commands(changed), target);
  }
  return changed.size > 0;
}

export async function uninstall(plan: RemovalPlan, place: UnitPlace, target: Target): Promise<void> {
  if (target.root === undefined) await runAll(plan.before, target);
  for (const path of [...unitFiles(place, target), ...plan.files]) remove(path, target);
  if (target.root === undefined) await runAll(plan.after, target);
}

/** @throws {UsageError} for the first command that fails and may not. */
export async function runAll(commands: readonly Command[], { isDryRun, say, run }: Target): Promise<void> {
  for (const { argv, mayFail } of commands) {
    const written = argv.map((word) => (/^[\w@%+=:,./\\-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
    if (isDryRun) {
      say(`would run ${written}`);
      continue;
    }
    const code = await run(argv);
    if (code === 0 || mayFail) continue;
    throw new UsageError(`${written} failed with exit code ${code}`, { hint: 'its own message above says why' });
  }
}

/** Names of our files, and with `.wants` folders those of the links to them. */
export function installedUnits({ folder, isOurs }: UnitPlace, { root }: Pick<Target, 'root'>): readonly string[] {
  return entriesOf(inRoot(root, folder)).filter(isOurs);
}

function unitFiles(place: UnitPlace, target: Target): readonly string[] {
  const units = installedUnits(place, target).map((name) => join(place.folder, name));
  if (target.root === undefined) return units;
  // No manager takes them away there.
  const wants = entriesOf(inRoot(target.root, place.folder)).filter((name) => name.endsWith('.wants'));
  const links = wants.flatMap((name) => {
    const folder = join(place.folder, name);
    return entriesOf(inRoot(target.root, folder))
      .filter(place.isOurs)
      .map((link) => join(folder, link));
  });
  return [...units, ...links];
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function writeFile(file: PlannedFile, target: Target): boolean {
  const path = inRoot(target.root, file.path);
  const before = readExisting(path);
  const owner = ownerIds(file.owner, target.root);
  const isSame =
    before !== undefined &&
    before.text === file.text &&
    (process.platform === 'win32' || before.mode === file.mode) &&
    (owner === undefined || owner.uid === before.uid);
  if (isSame) {
    target.say(`unchanged ${file.path}`);
    return false;
  }
  const mode = `mode ${file.mode.toString(8).padStart(4, '0')}`;
  const verb = before === undefined ? 'write' : 'change';
  target.say(`${target.isDryRun ? `would ${verb}` : verb} ${file.path} (${mode})`);
  for (const line of lineDiff(before?.text ?? '', file.text)) target.say(`  ${line}`);
  if (!target.isDryRun) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    replaceFile(path, { text: file.text, mode: file.mode, owner });
  }
  return true;
}

function writeLink(link: PlannedLink, target: Target): boolean {
  const path = inRoot(target.root, link.path);
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before?.isSymbolicLink() === true && readlinkSync(path) === link.target) return false;
  target.say(`${target.isDryRun ? 'would link' : 'link'} ${link.path} to ${link.target}`);
  if (target.isDryRun) return true;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(path, { force: true });
  symlinkSync(link.target, path);
  return true;
}

function remove(path: string, target: Target): void {
  const real = inRoot(target.root, path);
  if (lstatSync(real, { throwIfNoEntry: false }) === undefined) return;
  target.say(`${target.isDryRun ? 'would remove' : 'remove'} ${path}`);
  if (!target.isDryRun) rmSync(real);
}

function readExisting(
  path: string,
): { readonly text: string; readonly mode: number; readonly uid: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isFile()) {
    throw new UsageError(`cannot write ${path}: there is something else than a file`, {
      hint: `remove it: rm ${path}`,
    });
  }
  return { text: readFileSync(path, 'utf8'), mode: found.mode & 0o7777, uid: found.uid };
}

function inRoot(root: string | undefined, path: string): string {
  return root === undefined ? path : join(root, path);
}
