/** The contract of client storages on the browser's own, one fresh database per case; and what a test of two pages needs. */
import { indexedDbStorage } from "../../../src/client/indexed-db.ts";
import { clientStorageCases } from "../../contract/client-storage.contract.ts";

let databases = 0;
const run = async (index: number): Promise<string> => {
  try {
    await clientStorageCases[index]?.run(() => {
      const name = `contract ${databases++}`;
      return { storage: indexedDbStorage(name), other: indexedDbStorage(name) };
    });
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
Object.assign(window, { run, indexedDbStorage });
