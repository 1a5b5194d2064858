/**
 * What every zdd module shares: the lifecycle, the in-flight count, and the vocabulary of
 * endpoints.
 */
module dev.zdd.core {
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.zdd.core;
  exports dev.zdd.core.http;
}
