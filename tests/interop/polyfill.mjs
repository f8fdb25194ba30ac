// The only thing that libp2p needs and Node.js 20 lacks: Node.js 22 has it.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new this((...settle) => { [resolve, reject] = settle })
  return { promise, resolve, reject }
}
