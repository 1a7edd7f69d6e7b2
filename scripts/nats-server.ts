/**
 * `bun scripts/nats-server.ts`: prints the path of a nats-server that is new enough. From: nats/nats-process.ts, and people.
 * The one on PATH, else one from a newer Debian suite, unpacked beside our packages: it needs only libc, and nothing of the system is changed.
 */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const versionMin = [2, 11] as const;
const suite = process.env["NATS_SUITE"] ?? "forky";
const cache = join(import.meta.dir, "../node_modules/.cache/nats");

export async function findNatsServer(): Promise<string> {
  const cached = join(cache, "nats-server");
  for (const path of [Bun.which("nats-server"), cached]) if (path !== null && (await isNewEnough(path))) return path;
  await unpack(cached);
  if (!(await isNewEnough(cached))) throw new Error(`nats-server of ${suite} does not run here, or is older than ${versionMin.join(".")}`);
  return cached;
}

async function isNewEnough(path: string): Promise<boolean> {
  if (!(await Bun.file(path).exists())) return false;
  const [, major = 0, minor = 0] = (/v(\d+)\.(\d+)\./.exec(await run([path, "--version"])) ?? []).map(Number);
  return major > versionMin[0] || (major === versionMin[0] && minor >= versionMin[1]);
}

/** In a folder of its own, then moved to its place: two processes may do this at once. */
async function unpack(path: string): Promise<void> {
  if (Bun.which("apt-get") === null)
    throw new Error("no nats-server 2.11 or newer on PATH, and this is no Debian to take one from: install it");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "unpack-"));
  try {
    const mirror = (await run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])).split("\n")[0];
    const keyring = (await run(["dpkg", "-L", "debian-archive-keyring"]))
      .split("\n")
      .find((file) => /\/debian-archive-keyring\.(?:gpg|pgp)$/.test(file));
    if (!mirror || keyring === undefined) throw new Error("apt knows no mirror, or there is no Debian keyring");
    for (const part of ["lists/partial", "cache/archives/partial"]) await mkdir(join(folder, part), { recursive: true });
    await writeFile(join(folder, "status"), "");
    await writeFile(join(folder, "sources.list"), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    const options = [
      ["Dir::Etc::SourceList", join(folder, "sources.list")],
      ["Dir::Etc::SourceParts", "-"],
      ["Dir::State::Lists", join(folder, "lists")],
      ["Dir::State::status", join(folder, "status")],
      ["Dir::Cache", join(folder, "cache")],
      ["APT::Sandbox::User", "root"],
    ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    await run(["apt-get", ...options, "-qq", "update"]);
    await run(["apt-get", ...options, "-qq", "download", "nats-server"], folder);
    const archive = (await readdir(folder)).find((file) => file.endsWith(".deb"));
    await run(["dpkg", "-x", join(folder, archive ?? ""), folder]);
    const binary = [...new Bun.Glob("usr/*bin/nats-server").scanSync({ cwd: folder })][0];
    await chmod(join(folder, binary ?? ""), 0o755);
    await rename(join(folder, binary ?? ""), path);
  } catch (error) {
    throw new Error(`no nats-server 2.11 or newer on PATH, and none could be had from Debian ${suite}; install one`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(command: readonly string[], cwd?: string): Promise<string> {
  const child = Bun.spawn([...command], { ...(cwd === undefined ? {} : { cwd }), stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, errors, status] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  if (status !== 0) throw new Error(`${command.slice(0, 2).join(" ")}: ${errors.trim() || `exit status ${status}`}`);
  return out;
}

if (import.meta.main) console.log(await findNatsServer());
