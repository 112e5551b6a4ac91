/** A small file in the state folder by which commands find the server of the cluster. It holds the admin's token: for its owner's eyes only. */
import { readIfThere, removeFile, replaceFile } from '../store/durable-files';
import { serverLockOf, servingFileOf } from '../store/folder-layout';
import { lockHolder } from '../store/lock';

export interface ServingRecord {
  pid: number;
  /** `https://127.0.0.1:6443` */
  endpoint: string;
  /** The authority's certificate, PEM. */
  authority: string;
  token: string;
  /** As --speed has it. */
  speed: string;
}

export function writeServingRecord(stateFolder: string, record: ServingRecord): void {
  replaceFile(servingFileOf(stateFolder), `${JSON.stringify(record, null, 2)}\n`);
}

export function removeServingRecord(stateFolder: string): void {
  removeFile(servingFileOf(stateFolder));
}

/** The server of the cluster in a folder, undefined where there is none that lives. What a killed one left does not count. */
export function servingRecord(stateFolder: string): ServingRecord | undefined {
  const text = readIfThere(servingFileOf(stateFolder))?.toString();
  if (text === undefined || lockHolder(serverLockOf(stateFolder)) === undefined) return undefined;
  try {
    return JSON.parse(text) as ServingRecord;
  } catch {
    return undefined;
  }
}
