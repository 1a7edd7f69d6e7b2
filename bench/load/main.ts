/** The load process: does one job, given as JSON on its command line, and prints the outcome as one line of JSON. A composition root. */
import { join } from "node:path";
import { workloads } from "../workloads/index.ts";
import { Bench } from "./bench.ts";
import type { Dialect } from "./dialect.ts";
import type { Job } from "./job.ts";

const job = JSON.parse(process.argv[2] ?? "") as Job;
const workload = workloads.find(({ name }) => name === job.workload);
if (workload === undefined) throw new Error(`there is no workload '${job.workload}'`);
const { dialect } = (await import(join(import.meta.dir, "..", job.dialect))) as { dialect: Dialect };
const outcome = await workload.run(new Bench(job, dialect));
console.log(JSON.stringify(outcome));
process.exit(0); // sockets that were cut may still linger
