/** Values of keys as people read them. Keys are labels, not quantities: they are text in every frame. */
import { protocolName } from '../flow/protocols';

/** A key's value as text; protocols by name, `-` for a missing value. */
export function keyText(name: string, value: string | number | null): string {
  if (value === null || value === '-') {
    return '-';
  }
  return name === 'protocol' ? (protocolName(Number(value)) ?? String(value)) : String(value);
}
