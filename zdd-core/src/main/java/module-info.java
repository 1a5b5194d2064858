/**
 * What every zdd module shares: the lifecycle, the in-flight count, and the vocabularies of
 * endpoints and of the page that people read.
 */
@SuppressWarnings("module") // dev.zdd.shutdown is compiled after this one
module dev.zdd.core {
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.zdd.core;
  exports dev.zdd.core.http;
  exports dev.zdd.core.page;
  exports dev.zdd.core.foreign to
      dev.zdd.shutdown;
}
