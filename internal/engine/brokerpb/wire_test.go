package brokerpb_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// TestWire compares messages with their wire format, which is written by hand after the tables of
// the broker. The client and the fake share the generated code, so they cannot detect a wrong
// field number.
func TestWire(t *testing.T) {
	t.Parallel()
	exception := &brokerpb.Exception{Type: brokerpb.ExceptionType_JOB, Text: "x"}
	result := &brokerpb.AssetQuery{Category: brokerpb.Category_RESULT}
	tests := []struct {
		hex  string
		want proto.Message
	}{
		{"0a0131 120135 1803 2004 2a021213 3006", &brokerpb.ServerInfoResponse{
			Version: "1", ProtoVersion: "5", ChunkSize: 3, MaxIdHashLen: 4, HashFunc: []uint64{0x12, 0x13}, ProgressUpdateInterval: 6,
		}},
		{"c23e05 0803 120178", &brokerpb.ServerInfoResponse{Exception: exception}},
		{"0a016b", &brokerpb.AuthenticateRequest{Request: &brokerpb.AuthenticateRequest_ApiKey{ApiKey: "k"}}},
		{"120172", &brokerpb.AuthenticateRequest{Request: &brokerpb.AuthenticateRequest_ChallengeResponse{ChallengeResponse: []byte("r")}}},
		{"0a06 0a0176 120173", &brokerpb.AuthenticateResponse{Response: &brokerpb.AuthenticateResponse_Challenge{
			Challenge: &brokerpb.Challenge{Value: []byte("v"), Salt: "s"},
		}}},
		{"120174", &brokerpb.AuthenticateResponse{Response: &brokerpb.AuthenticateResponse_AuthToken{AuthToken: "t"}}},
		{"c23e05 0803 120178", &brokerpb.AuthenticateResponse{Response: &brokerpb.AuthenticateResponse_Exception{Exception: exception}}},
		{"0802 1001 1a06 0a0161 120162 2002", &brokerpb.CreateJobRequest{
			Type: brokerpb.JobType_VERIFY_PRODUCT, NoCache: true, Priority: brokerpb.JobPriority_HIGHEST,
			Resource: []*brokerpb.Resource{{Name: "a", Value: "b"}},
		}},
		{"0a016a", &brokerpb.CreateJobResponse{JobId: "j"}},
		{"c23e05 0803 120178", &brokerpb.CreateJobResponse{Exception: exception}},
		{"0a016a", &brokerpb.StartJobRequest{JobId: "j"}},
		{"c23e05 0803 120178", &brokerpb.StartJobResponse{Exception: exception}},
		{"0a016a", &brokerpb.JobStatusRequest{JobId: "j"}},
		{"0a1a 0804 12020801 1803 2004 2805 320166 38feffffffffffffffff01", &brokerpb.JobStatusResponse{Status: &brokerpb.JobStatus{
			State: brokerpb.JobState_FINISHED, Time: &durationpb.Duration{Seconds: 1}, Tasks: 3, TasksActive: 4,
			TasksFinished: 5, Failure: "f", Priority: brokerpb.JobPriority_LOWEST,
		}}},
		{"c23e05 0803 120178", &brokerpb.JobStatusResponse{Exception: exception}},
		{"0a016a 12020806", &brokerpb.JobStatusStream{JobId: "j", Status: &brokerpb.JobStatus{State: brokerpb.JobState_FAILED}}},
		{"0a016a", &brokerpb.EndJobRequest{JobId: "j"}},
		{"c23e05 0803 120178", &brokerpb.EndJobResponse{Exception: exception}},
		{"0a016a 1218 0a0c 0804 120174 1a0173 22020102 12016e 1802 2005 2a0168", &brokerpb.UploadAssetRequest{
			JobId: "j", Request: &brokerpb.UploadAssetRequest_AssetData{AssetData: &brokerpb.AssetData{
				Query: &brokerpb.AssetQuery{Category: brokerpb.Category_RESULT, TestId: "t", StepId: "s", TaskNumber: []uint32{1, 2}},
				Name:  "n", Format: brokerpb.AssetFormat_ZIP, Size: 5, Hash: []byte("h"),
			}},
		}},
		{"1a0163", &brokerpb.UploadAssetRequest{Request: &brokerpb.UploadAssetRequest_Chunk{Chunk: []byte("c")}}},
		{"0801", &brokerpb.UploadAssetResponse{AssetSelected: true}},
		{"c23e05 0803 120178", &brokerpb.UploadAssetResponse{Exception: exception}},
		{"0a016a 12020804", &brokerpb.DownloadAssetRequest{JobId: "j", Request: &brokerpb.DownloadAssetRequest_Query{Query: result}}},
		{"1801", &brokerpb.DownloadAssetRequest{Request: &brokerpb.DownloadAssetRequest_Accepted{Accepted: true}}},
		{"0a022005", &brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Data{Data: &brokerpb.AssetData{Size: 5}}}},
		{"120163", &brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Chunk{Chunk: []byte("c")}}},
		{"c23e05 0803 120178", &brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Exception{Exception: exception}}},
	}
	for _, tt := range tests {
		b, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got := tt.want.ProtoReflect().New().Interface()
		if err := proto.Unmarshal(b, got); err != nil || !proto.Equal(got, tt.want) {
			t.Errorf("%s read as %T = %v, %v, want %v", tt.hex, got, got, err, tt.want)
		}
	}
}

// TestMethods asserts that methods have the names of the broker.
func TestMethods(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		brokerpb.Auth_ServerInfo_FullMethodName:             "/momotor.rpc.proto.Auth/serverInfo",
		brokerpb.Auth_Authenticate_FullMethodName:           "/momotor.rpc.proto.Auth/authenticate",
		brokerpb.Client_CreateJob_FullMethodName:            "/momotor.rpc.proto.Client/createJob",
		brokerpb.Client_StartJob_FullMethodName:             "/momotor.rpc.proto.Client/startJob",
		brokerpb.Client_JobStatus_FullMethodName:            "/momotor.rpc.proto.Client/jobStatus",
		brokerpb.Client_EndJob_FullMethodName:               "/momotor.rpc.proto.Client/endJob",
		brokerpb.Client_UploadAsset_FullMethodName:          "/momotor.rpc.proto.Client/uploadAsset",
		brokerpb.Client_DownloadAsset_FullMethodName:        "/momotor.rpc.proto.Client/downloadAsset",
		brokerpb.Client_MultiJobStatusStream_FullMethodName: "/momotor.rpc.proto.Client/multiJobStatusStream",
	} {
		if got != want {
			t.Errorf("method %s, want %s", got, want)
		}
	}
}
