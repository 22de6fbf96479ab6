//! What a reader can paste into a shell while the demo serves.

use super::Ports;

/// The credentials, and a `curl` and a Python example that work as they stand.
pub(super) fn text(ports: &Ports) -> String {
    let Ports { comments, aggregation, admin, draft, admin_client, agency_client, .. } = ports;
    let (grpc, counts) = (comments.trim_start_matches("http://"), aggregation.trim_start_matches("http://"));
    format!(
        r#"
Đang phục vụ / serving (Ctrl-C ends):
  comments     gRPC  {comments}
  aggregation  gRPC  {aggregation}
  admin        HTTP  {admin}   (documentation: {admin}/docs)
  admin client       {admin_id} {admin_secret}
  agency client      {agency_id} {agency_secret}   ({agency})

# ── curl ──
TOKEN=$(curl -s -d grant_type=client_credentials -d client_id={admin_id} -d client_secret={admin_secret} \
  {admin}/oauth2/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s -H "Authorization: Bearer $TOKEN" "{admin}/v1/{draft}/progress"

# ── Python (pip install grpcio grpcio-reflection) ──
python3 - <<'PY'
import grpc, json, urllib.parse, urllib.request
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

form = urllib.parse.urlencode({{"grant_type": "client_credentials",
    "client_id": "{agency_id}", "client_secret": "{agency_secret}"}}).encode()
token = json.load(urllib.request.urlopen("{admin}/oauth2/token", form))["access_token"]

def call(target, method, body):
    channel = grpc.insecure_channel(target)
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service, name = method.split("/")
    found = pool.FindServiceByName(service).FindMethodByName(name)
    request, answer = (message_factory.GetMessageClass(t) for t in (found.input_type, found.output_type))
    rpc = channel.unary_unary("/" + method, request.SerializeToString, answer.FromString)
    return rpc(json_format.ParseDict(body, request()), metadata=[("authorization", "Bearer " + token)])

print(call("{grpc}", "ykien.v1.CommentsService/SubmitComment", {{"draft": "{draft}",
    "comment": {{"text": "Đề nghị rà soát lại số liệu."}}}}))
print(call("{counts}", "ykien.v1.AggregationService/Aggregate", {{"draft": "{draft}",
    "group_by": ["DIMENSION_STATUS"]}}))
PY
"#,
        admin_id = admin_client.id,
        admin_secret = admin_client.secret,
        agency_id = agency_client.client.id,
        agency_secret = agency_client.client.secret,
        agency = agency_client.agency,
    )
}
