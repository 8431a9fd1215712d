export { type Command, type CommandIo, runCommand } from './command.ts';
export {
  type ParsedCommandLine,
  parseCommandLine,
  readNumber,
  UsageError,
} from './command-line.ts';
export { cliErrors } from './errors.ts';
export { runProgram } from './program.ts';
