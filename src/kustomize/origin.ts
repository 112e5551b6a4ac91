/** Where resources came from and what changed them, as buildMetadata asks for (api/resource/origin.go). */

import { joinPath } from './paths';
import type { Resource } from './resource';
import { annotationsOf, ORIGIN, TRANSFORMATIONS } from './resource';
import { resolveScalar } from './scalar';

export interface Origin {
  readonly path?: string;
  readonly configuredIn?: string;
  readonly configuredBy?: { apiVersion: string; kind: string; name?: string; namespace?: string };
}

/** A resource from a file. */
export function originOfFile(folder: string, path: string): Origin {
  return { path: joinPath(folder, path) };
}

/** What a field of a kustomization file made or changed. */
export function originOfBuiltin(folder: string, file: string, kind: string): Origin {
  return { configuredIn: joinPath(folder, file), configuredBy: { apiVersion: 'builtin', kind } };
}

/** What a plugin made or changed that a file configures. */
export function originOfPlugin({ node, id, gvk }: Resource): Origin | undefined {
  const path = /^path: (.*)$/m.exec(annotationsOf(node).get(ORIGIN) ?? '')?.[1];
  if (path === undefined) return undefined;
  const apiVersion = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
  return { configuredIn: path, configuredBy: { apiVersion, kind: id.kind, name: id.name, namespace: id.namespace } };
}

export function formatOrigin(origin: Origin): string {
  const lines: string[] = [];
  const add = (indent: string, name: string, value: string | undefined) => {
    if (value) lines.push(`${indent}${name}: ${resolveScalar(value).tag === '!!str' ? value : `"${value}"`}`);
  };
  add('', 'path', origin.path);
  add('', 'configuredIn', origin.configuredIn);
  if (origin.configuredBy) {
    lines.push('configuredBy:');
    for (const field of ['apiVersion', 'kind', 'name', 'namespace'] as const) {
      add('  ', field, origin.configuredBy[field]);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What has no origin yet comes from here. */
export function setOrigin(resource: Resource, origin: Origin | undefined): void {
  if (origin && !annotationsOf(resource.node).has(ORIGIN)) resource.annotate(ORIGIN, formatOrigin(origin));
}

export function addTransformation(resource: Resource, origin: Origin): void {
  const annotations = annotationsOf(resource.node);
  if (!annotations.has(ORIGIN)) {
    resource.annotate(ORIGIN, formatOrigin(origin));
    return;
  }
  const entry = formatOrigin(origin).trimEnd().split('\n').join('\n  ');
  resource.annotate(TRANSFORMATIONS, `${annotations.get(TRANSFORMATIONS) ?? ''}- ${entry}\n`);
}
