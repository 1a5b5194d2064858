/** Placeholder. */
module dev.zdd.flags {
  requires transitive dev.zdd.core;
}
