/** What is loaded with the first WebSocket to another server. */
export { ConnectingState } from './connecting-state.ts';
