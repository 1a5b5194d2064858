/** Placeholder. */
module dev.zdd.servlet {
  requires transitive dev.zdd.core;
}
