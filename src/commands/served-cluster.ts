/** The cluster of a folder that another process serves: commands go through its server, as long as it is there. */
import { createHttpsTransport, UnreachableError } from '../client/https-transport';
import type { ApiRequest, ApiResponse, Transport, Wire } from '../client/transport';
import { sleep, wallClockNow } from '../host/wall-clock';
import { type ServingRecord, servingRecord } from '../server/serving-record';
import type { Credentials } from './own-credentials';

/** Real milliseconds that a server which takes no more requests may take to end. */
const PATIENCE = 60_000;
const LOOK_EVERY = 20;

/** A transport to the server of this folder; `openFolder` opens it in this process once the server has gone. Undefined where none lives. */
export function transportToServer(
  stateFolder: string,
  openFolder: () => Promise<Transport>,
  credentials: Credentials = {},
): Transport | undefined {
  const record = servingRecord(stateFolder);
  return record && new ServedCluster(stateFolder, record, openFolder, credentials);
}

class ServedCluster implements Transport {
  private current: Transport;

  constructor(
    private readonly stateFolder: string,
    private record: ServingRecord,
    private readonly openFolder: () => Promise<Transport>,
    private readonly credentials: Credentials,
  ) {
    this.current = toServer(record, credentials);
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    for (;;) {
      const { current } = this;
      try {
        return await current.send(request);
      } catch (error) {
        // Nothing was sent, so it can be asked again, of whoever has the cluster now.
        if (!(error instanceof UnreachableError && error.refused)) throw error;
        if (current === this.current) await this.follow(error);
      }
    }
  }

  get wire(): Wire | undefined {
    return this.current.wire;
  }

  flush(): Promise<void> {
    return this.current.flush();
  }

  close(): Promise<void> {
    return this.current.close();
  }

  /** The server has ended or is about to: waits until it has, or another one has begun. */
  private async follow(refusal: UnreachableError): Promise<void> {
    const since = wallClockNow();
    for (;;) {
      const record = servingRecord(this.stateFolder);
      if (!record) this.current = await this.openFolder();
      else if (record.pid !== this.record.pid || record.endpoint !== this.record.endpoint) {
        this.record = record;
        this.current = toServer(record, this.credentials);
      } else {
        if (wallClockNow() - since > PATIENCE) throw refusal;
        await sleep(LOOK_EVERY);
        continue;
      }
      return;
    }
  }
}

/** As who the flags and the context say; else as the admin. */
function toServer({ endpoint, authority, token }: ServingRecord, credentials: Credentials): Transport {
  const { clientCertificate, clientKey, token: shown, basic } = credentials;
  const access = { server: endpoint, certificateAuthority: authority };
  if (!clientCertificate && !shown && !basic) return createHttpsTransport({ ...access, token: async () => token });
  return createHttpsTransport({
    ...access,
    ...(clientCertificate ? { clientCertificate } : {}),
    ...(clientKey ? { clientKey } : {}),
    ...(shown ? { token: shown } : {}),
    ...(basic ? { basic } : {}),
  });
}
