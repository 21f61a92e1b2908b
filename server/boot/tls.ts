/** The certificate and key of the listener, read before the file permissions are given up. */

import { StartupError } from "../startup_error.ts";
import type { TlsFiles } from "../config.ts";

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** For the log. */
  readonly warnings: readonly string[];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;
const PRIVATE_KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END (?:RSA |EC )?PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/;

/** @throws StartupError where a file cannot be read or is not what it should be */
export async function readTls({ certFile, keyFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key] = await Promise.all([
    readPem("TLS_CERT_FILE", certFile),
    readPem("TLS_KEY_FILE", keyFile),
  ]);
  if (!CERTIFICATE.test(cert)) throw new StartupError("TLS_CERT_FILE holds no PEM certificate");
  if (ENCRYPTED_KEY.test(key)) {
    throw new StartupError("TLS_KEY_FILE is encrypted; give the key without a passphrase");
  }
  if (!PRIVATE_KEY.test(key)) throw new StartupError("TLS_KEY_FILE holds no PEM private key");
  const { mode } = await Deno.stat(keyFile);
  const isOpen = ((mode ?? 0) & 0o007) !== 0;
  return { cert, key, warnings: isOpen ? ["TLS_KEY_FILE is readable by every user; give it mode 0600"] : [] };
}

async function readPem(variable: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : "permission denied";
    throw new StartupError(`${variable} cannot be read: ${reason}`);
  }
}
