package dev.zdd.grpc;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a client gets. */
final class Replies implements StreamObserver<String> {
  final List<String> messages = new CopyOnWriteArrayList<>();
  final CompletableFuture<Status> end = new CompletableFuture<>();

  @Override
  public void onNext(String message) {
    messages.add(message);
  }

  @Override
  public void onError(Throwable failure) {
    end.complete(Status.fromThrowable(failure));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
