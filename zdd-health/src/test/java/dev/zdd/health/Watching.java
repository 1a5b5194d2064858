package dev.zdd.health;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The client of one Watch: what it was told, and how it ended. */
class Watching implements ClientResponseObserver<HealthCheckRequest, HealthCheckResponse> {
  final List<ServingStatus> told = new CopyOnWriteArrayList<>();
  volatile ClientCallStreamObserver<HealthCheckRequest> call;
  volatile Status.Code end;

  @Override
  public void beforeStart(ClientCallStreamObserver<HealthCheckRequest> started) {
    call = started;
  }

  @Override
  public void onNext(HealthCheckResponse response) {
    told.add(response.getStatus());
  }

  @Override
  public void onError(Throwable t) {
    end = Status.fromThrowable(t).getCode();
  }

  @Override
  public void onCompleted() {
    end = Status.Code.OK;
  }

  ServingStatus last() {
    return told.isEmpty() ? ServingStatus.UNKNOWN : told.get(told.size() - 1);
  }

  boolean isTold(ServingStatus... all) {
    return told.equals(List.of(all));
  }
}
