// This file is imported first and uses only what very old Node knows, so that it can say so.
const needed = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(
    `Rankforge needs Node ${needed.join('.')} or newer (24 is fine); this is ${process.version}. Get it from https://nodejs.org.`,
  );
  process.exit(1);
}
