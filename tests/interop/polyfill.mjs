// libp2p needs this of Node.js 22, and nothing else that Node.js 20 lacks.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new this((...settle) => { [resolve, reject] = settle })
  return { promise, resolve, reject }
}
