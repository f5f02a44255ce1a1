/** A certificate that signs for itself, made here: not every machine that tests has a program that makes one. RFC 5280, 4.1. */

import { createSign, generateKeyPairSync } from "node:crypto";

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
const text = (value: string): Buffer => Buffer.from(value, "latin1");

/** sha256WithRSAEncryption, and commonName. */
const ALGORITHM = sequence(tagged(0x06, Buffer.from("2a864886f70d01010b", "hex")), tagged(0x05));
const nameOf = (common: string): Buffer => sequence(tagged(0x31, sequence(tagged(0x06, Buffer.from("550403", "hex")), tagged(0x0c, text(common)))));

const pemOf = (der: Uint8Array): string => {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
};

/** @returns the certificate and its key as PEM, the key under a password where there is one. */
export const makeCertificate = (password: string | undefined): { readonly certificate: string; readonly key: string } => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const name = nameOf("rollout.example");
  const body = sequence(
    tagged(0x02, Buffer.from([1])),
    ALGORITHM,
    name,
    sequence(tagged(0x17, text("240101000000Z")), tagged(0x17, text("440101000000Z"))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const certificate = pemOf(sequence(body, ALGORITHM, tagged(0x03, Buffer.from([0]), signature)));
  const plain = { type: "pkcs8", format: "pem" } as const;
  const key = privateKey.export(password === undefined ? plain : { ...plain, cipher: "aes-256-cbc", passphrase: password });
  return { certificate, key: key.toString() };
};
