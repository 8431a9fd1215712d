/** What is loaded with the first form that is read. */
export { MultipartReader } from './multipart-reader.ts';
export { UrlencodedReader } from './urlencoded-reader.ts';
