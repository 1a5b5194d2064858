package dev.zdd.servlet;

class UndertowDrainTest extends DrainContract {
  @Override
  ServerUnderTest start(ContractApplication application) throws Exception {
    return new UndertowUnderTest(application);
  }
}
