/** Where the bundler puts the worker. */
declare module "elkjs/lib/elk-worker.min.js" {
  const address: string;
  export default address;
}
