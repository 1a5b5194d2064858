/** Placeholder. */
module dev.zdd.shutdown {
  requires transitive dev.zdd.core;
}
