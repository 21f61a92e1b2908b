/** Which ways a released value may go. Templates and SSH keys are used where they lie; the rest as their grant says. */

import type { Delivery } from "../store/schema.ts";
import type { GrantedSecret } from "./mapping.ts";

/** Why a released name brings no value on this way. */
export type DeliveryRefusal =
  | "template"
  | "ssh_key"
  | "delivery_file"
  | "delivery_template"
  | "delivery_never";

/** An answer that holds values as they are: all that a client without files understands. */
export const AS_VARIABLES: ReadonlySet<Delivery> = new Set<Delivery>(["env"]);
/** A run of our own daemon. */
export const FOR_A_RUN: ReadonlySet<Delivery> = new Set<Delivery>(["env", "file"]);
/** Rendered configurations. */
export const IN_TEMPLATES: ReadonlySet<Delivery> = new Set<Delivery>(["env", "file", "template"]);

/** Undefined where the value may go. */
export function deliveryRefusal(
  { secretType, delivery = "env" }: GrantedSecret,
  ways: ReadonlySet<Delivery>,
): DeliveryRefusal | undefined {
  if (secretType === "TEMPLATE_CONFIG") return "template";
  if (secretType === "SSH_KEY") return "ssh_key";
  return delivery === "env" || ways.has(delivery) ? undefined : `delivery_${delivery}`;
}
