/** Placeholder. */
module dev.zdd.health {
  requires transitive dev.zdd.core;
}
