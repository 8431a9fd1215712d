// Runs the first `js` example of a README with its copy in a folder: node run-readme.mjs README FOLDER
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { readExamples, runExample } from './readme-examples.mjs';

const [readme, folder] = process.argv.slice(2);
const [example] = existsSync(readme) ? readExamples(readme) : [];
if (example === undefined) throw new Error(`${readme} has no js example`);
await runExample(example.code, folder, (file) => import(pathToFileURL(file)));
