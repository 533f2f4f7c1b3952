/**
 * @file Checks manifests against the Kubernetes models twice: their validators check types, enumerations and formats but
 * let unknown keys pass, so each manifest is also type-checked as an object literal, where TypeScript refuses a key that
 * the interface does not declare, at every depth.
 */
import ts from 'typescript';
import { infraDirectory, type Manifest } from './render.js';

/** `kubernetes-models/apps/v1/Deployment` for apps/v1 Deployment. */
function modelModule(manifest: Manifest): string {
  return `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`;
}

/** Complaints about the manifests, each naming its manifest; empty when all are good. */
export async function schemaErrors(manifests: readonly Manifest[]): Promise<string[]> {
  const values = await Promise.all(manifests.map(validatorErrors));
  return [...values.flat(), ...typeErrors(manifests)];
}

async function validatorErrors(manifest: Manifest): Promise<string[]> {
  const module = (await import(modelModule(manifest))) as Record<string, new (data: Manifest) => { validate(): void }>;
  const Model = module[manifest.kind];
  if (!Model) return [`${describe(manifest)}: no model of this kind`];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${describe(manifest)}: ${(error as Error).message}`];
  }
}

function typeErrors(manifests: readonly Manifest[]): string[] {
  const file = `${infraDirectory}manifests.virtual.ts`;
  const source = manifests.map(declaration).join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : readFile(name));
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, source, target) : getSourceFile(name, target, ...rest);
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options, host)).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
    const manifest = line === undefined ? undefined : manifests[line];
    return `${manifest ? describe(manifest) : 'manifests'}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
  });
}

/** One line a manifest, so that a diagnostic's line is the manifest's index. */
function declaration(manifest: Manifest, index: number): string {
  const type = `import('${modelModule(manifest)}').I${manifest.kind}`;
  return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
}

function describe(manifest: Manifest): string {
  return `${manifest.kind}/${manifest.metadata.name}`;
}
