# The HTTP service (docs/service.md); Grafana loads the plugin from `dist`, not from here.
#
#     docker build -t vpcflow . && docker run -p 127.0.0.1:8080:8080 -e VPC_FLOW_LOGS_BUCKET=my-flow-logs -e VPCFLOW_TOKEN vpcflow
FROM node:22-bookworm-slim AS build
WORKDIR /vpcflow
COPY . .
# The executable is for the machine that builds.
RUN npm ci && npm run build:backend \
  && mkdir -p /out/data \
  && cp "dist/gpx_vpcflow_linux_$(dpkg --print-architecture)" /out/vpcflow

# glibc and nothing else; the executable has its own authorities and runtime.
FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /out/vpcflow /usr/local/bin/vpcflow
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE /usr/share/doc/vpcflow/LICENSE
# It listens for others, so it wants VPCFLOW_TOKEN, VPCFLOW_TOKEN_FILE, VPCFLOW_TLS_CLIENT_CA_FILE or VPCFLOW_ALLOW_ANONYMOUS.
ENV VPCFLOW_HOST=0.0.0.0 VPCFLOW_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/vpcflow", "serve"]
