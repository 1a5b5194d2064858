/** zdd in a gRPC server: in-flight counting, draining. */
module dev.zdd.grpc {
  requires transitive dev.zdd.core;
  requires transitive io.grpc;
  requires static transitive org.jspecify;

  exports dev.zdd.grpc;
}
