/** Placeholder. */
module dev.zdd.netty {
  requires transitive dev.zdd.core;
}
